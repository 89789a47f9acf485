import { DEFAULT_CONFIG_FILE, DEFAULT_ROOT, DEFAULT_STATE_DIR } from './sync-config.ts';

/** What `beamdeck-sync --help` prints, in the order of a manual page (man-pages(7)). */
export const USAGE = `NAME
    beamdeck-sync - bring the files of a beamline's disk into Beamdeck, and those of an experiment home

SYNOPSIS
    beamdeck-sync COMMAND [--config FILE]
    beamdeck-sync pull EXPERIMENT DIR [--follow] [--server URL] [--token-file FILE]
                  [--include PATTERN]... [--exclude PATTERN]...

DESCRIPTION
    Watches folders of this machine and sends every file that is complete to the Beamdeck server it is enrolled
    at, where it becomes part of the experiment that was active when it was written. It only reads: it never
    changes or deletes a file, neither here nor in the store. It needs no open port.

COMMANDS
    run
        Run until it is stopped. Usually done by the service: systemctl start beamdeck-sync.

    enrol LICENCE
        Put a licence file from the web app in its place, and say what came of it.

    status
        What the running beamdeck-sync does now: server, switches, experiment, files that wait, each folder, and
        what the last look through each folder has cost.

    check
        Is everything right? Configuration, permissions, licence, server and store, whether the system tells of
        changes in each folder, and the connections that a firewall has to let through. Run it as the account of
        the service, so that its permissions are those that count.

    pause, resume
        Stop uploading, and let it go on. What comes meanwhile is sent afterwards.

    pull EXPERIMENT DIR
        Bring the files of an experiment into a folder, on any computer: no licence is needed, but an access token
        of the account page. Each file is proved by its SHA-256. What is here already is passed over, what was cut
        off goes on where it was, a newer content replaces the one that pull has put here; a file that somebody
        has changed here, or that pull did not write, is kept and named. Nothing is ever deleted. The folder
        holds .beamdeck-pull.state, which remembers what was put there, and .NAME.beamdeck-part of files that
        are on their way. Run the same command again to have what is new.

    version
        The version of this program.

OPTIONS
    --config FILE
        Configuration, by default ${DEFAULT_CONFIG_FILE}.

    --follow
        With pull: go on with what comes, until Ctrl-C.

    --server URL
        With pull: the Beamdeck server; without it that of the configuration, whose [uplink] is used then.

    --token-file FILE
        With pull: the access token (scopes experiments:read and files:read) is in this file; without it in the
        environment variable BEAMDECK_TOKEN.

    --include PATTERN, --exclude PATTERN
        With pull: only files whose path in the experiment matches, or all but those, such as 'raw/**/*.cbf'.
        May be given several times.

    -h, --help
        This text.

FILES
    ${DEFAULT_CONFIG_FILE}
        Configuration (TOML). Every unknown key and every wrong value is reported with its line.

    ${DEFAULT_ROOT}/{raw,processed,work,metadata,auxiliary}
        Watched where the configuration names no folder, each for the folder of the experiment of its name.

    ${DEFAULT_STATE_DIR}
        Licence, token and journal: what was sent and what is to be sent.

EXIT STATUS
    0   good
    1   not good; the sentence says what. Of pull: a file failed or was kept, and is named
    2   wrong command line or configuration
    3   another beamdeck-sync uses the same state folder
    130 a pull was stopped before all files were here

EXAMPLES
    beamdeck-sync check
    beamdeck-sync enrol ~/Downloads/i03-sync.licence.json
    systemctl enable --now beamdeck-sync && beamdeck-sync status
    beamdeck-sync pull DEM26-7K2QF ./DEM26-7K2QF --server https://beamdeck.example.org --token-file ~/.beamdeck-token
`;
