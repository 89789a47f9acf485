import { execFileSync } from 'node:child_process';

const run = (command: string, ...args: string[]) => void execFileSync(command, args, { stdio: 'pipe' });

/**
 * A beamline behind a firewall: a network namespace joined to this machine by a pair of virtual cables. No connection from here gets in;
 * what comes out may be answered. The addresses are of the block for trials of network devices (RFC 2544), which no network uses. Needs
 * root and nftables.
 */
export class BeamlineNetwork {
  /** Of this machine, as the beamline sees it. */
  readonly hubAddress = '198.18.87.1';
  readonly beamlineAddress = '198.18.87.2';
  private readonly name: string;
  private readonly cable: string;

  constructor(number: number) {
    this.name = `bdk-torture-${number}`;
    this.cable = `bdk${number}`;
    run('ip', 'netns', 'add', this.name);
    run('ip', 'link', 'add', this.cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.name);
    run('ip', 'addr', 'add', `${this.hubAddress}/30`, 'dev', this.cable);
    run('ip', 'link', 'set', this.cable, 'up');
    this.inside('ip', 'addr', 'add', `${this.beamlineAddress}/30`, 'dev', 'eth0');
    this.inside('ip', 'link', 'set', 'eth0', 'up');
    this.inside('ip', 'link', 'set', 'lo', 'up');
    this.inside('nft', 'add table inet wall');
    this.inside('nft', 'add chain inet wall in { type filter hook input priority 0 ; policy accept ; }');
    this.inside('nft', 'add rule inet wall in iifname "eth0" ct state new drop');
  }

  private inside(command: string, ...args: string[]): void {
    run('ip', 'netns', 'exec', this.name, command, ...args);
  }

  /** What stands before a command that is to run at the beamline. */
  get wrapper(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  remove(): void {
    run('ip', 'netns', 'del', this.name);
  }
}
