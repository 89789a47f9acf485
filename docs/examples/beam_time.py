#!/usr/bin/env python3
"""Runs a whole beam time at a Beamdeck installation, with Python's standard library alone.

Makes the experiment, invites the group, sets where the data go, switches uploading on, activates, says what is
measured, waits for the first dataset, starts a job on it, reads its results and finishes. Run it again with the same
--visit, a minute or a week later: the experiment, the dataset and the job are the same, and what was finished stays so.

    export BEAMDECK_TOKEN=bd_...     # a token of the instrument, made by its staff on the page of its agents
    python3 beam_time.py --server https://beamdeck.example.org --instrument mx-1 \\
        --visit 2026-4711 --title "Lysozyme, SAD" --pi pi@example.org --invite postdoc@example.org

Every address is described in docs/openapi.json. Needs Python 3.9 or newer.
"""

import argparse
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

OVER = {"processing", "closed"}
ENDED_DATASET = {"complete", "stopped", "incomplete", "open-ended"}
ENDED_JOB = {"succeeded", "failed", "cancelled"}


class Refused(Exception):
    """The server's answer to what it will not do."""

    def __init__(self, status, error):
        super().__init__(f"{error['code']}: {error['message']} (request {error['requestId']})")
        self.status = status
        self.code = error["code"]


class Beamdeck:
    """The API under /api/v1, with a token."""

    def __init__(self, server, token):
        self.base = server.rstrip("/") + "/api/v1"
        self.token = token

    def ask(self, method, path, body=None, query=None, key=None):
        """The answer as Python objects, None for an empty one.

        A server that is away for a moment is asked again. That is safe: what makes something is sent with a key, and
        everything else may be said twice.
        """
        url = self.base + path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        for attempt in range(6):
            request = urllib.request.Request(url, data=data, headers=headers, method=method)
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    text = answer.read()
                    return json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                refused = Refused(error.code, json.load(error))
                if error.code != 503 or attempt == 5:
                    raise refused from None
            except urllib.error.URLError:
                if attempt == 5:
                    raise
            time.sleep(2**attempt)

    def items(self, path, **query):
        """Every item of a list, page after page."""
        while True:
            page = self.ask("GET", path, query=query)
            yield from page["items"]
            if not page.get("nextCursor"):
                return
            query["cursor"] = page["nextCursor"]


def tell(text):
    print(time.strftime("%H:%M:%S"), text, flush=True)


def wait(what, seconds, look):
    """What `look` gives once it gives something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(2)
    sys.exit(f"Waited {seconds} s for {what}.")


def prepare(api, options):
    """The experiment of the visit: made the first time, found by the visit ever after."""
    visit = urllib.parse.quote(options.visit, safe="")
    written = api.ask(
        "PUT",
        f"/instruments/{options.instrument}/visits/{visit}",
        {"title": options.title, "pi": {"email": options.pi}},
    )
    experiment = api.ask("GET", f"/experiments/{written['code']}")
    code = experiment["code"]
    tell(f"{code} {experiment['title']} is {experiment['state']}")
    # Not as the people of the visit: these would be all of them, and whom the user office named would lose access.
    for address in options.invite:
        try:
            api.ask(
                "POST",
                f"/experiments/{code}/invitations",
                {"to": address, "role": "member"},
                key=f"invite-{code}-{address}",
            )
            tell(f"invited {address}")
        except Refused as refused:
            # In the experiment already, or invited: as it should be.
            if refused.status != 409:
                raise
    return experiment


def switch_on(api, code, options):
    """Where the data go, and that they may."""
    agents = list(api.items(f"/instruments/{options.instrument}/agents"))
    if not agents:
        sys.exit(f"{options.instrument} has no agent: nothing would send the data.")
    for agent in agents:
        if agent["kind"] != "hub":
            continue
        wanted = {
            "source": options.detector,
            "kind": "stream",
            "folder": "raw",
            "template": options.destination,
        }
        example = api.ask("POST", f"/agents/{agent['id']}/destination/preview", wanted)
        if example["faults"]:
            sys.exit(" ".join(example["faults"]))
        tell(f"{agent['name']}: {example['example']} would go to {example['path']}")
        api.ask("PUT", f"/agents/{agent['id']}/destination", wanted)
        api.ask("PUT", f"/agents/{agent['id']}/upload", {"mode": "on"})
    api.ask("PUT", f"/experiments/{code}/upload", {"enabled": True})
    since = api.ask("POST", f"/experiments/{code}/activate")["since"]
    tell(f"{code} is active since {since}")


def announce(api, code, name):
    """What the data cannot say of themselves."""
    said = api.ask(
        "PUT",
        f"/experiments/{code}/acquisitions",
        {
            "name": name,
            "kind": "rotation",
            "values": {"transmission": {"value": 20, "unit": "%"}, "operator": {"value": "beam_time.py"}},
        },
    )
    tell(f"announced {name}" + (f", dataset {said['datasetId']}" if said["datasetId"] else ""))


def first_dataset(api, code):
    """The one that began first, None where there is none yet."""
    newest_first = list(api.items(f"/experiments/{code}/datasets"))
    return newest_first[-1] if newest_first else None


def measure(api, code, options):
    """The first dataset of the experiment, with what is announced of it."""
    if options.run:
        announce(api, code, options.run)
    dataset = wait("a dataset to begin", options.patience, lambda: first_dataset(api, code))
    # raw/lyso/run_1 is announced as lyso/run_1.
    announce(api, code, dataset["base"].split("/", 1)[1])
    return dataset


def wait_for_end(api, dataset, options):
    """The dataset, once it has ended."""

    def ended():
        now = api.ask("GET", f"/datasets/{dataset['id']}")
        return now if now["state"] in ENDED_DATASET else None

    dataset = wait("the dataset to end", options.patience, ended)
    tell(
        f"dataset {dataset['id']}, {dataset['base']}, is {dataset['state']}:"
        f" {dataset['framesStored']} of {dataset['framesExpected']} frames in {dataset['files']} files, {dataset['sizeBytes']} bytes"
    )
    return dataset


def analyse(api, code, dataset, template):
    """The job on the dataset, once it has ended: one that was started before, or a new one where that failed."""
    earlier = [
        job
        for job in api.items(f"/experiments/{code}/jobs", datasetId=dataset["id"])
        # What nobody started is the trigger's.
        if job["template"]["slug"] == template and job["startedBy"] is not None
    ]
    started = next((job for job in earlier if job["state"] not in {"failed", "cancelled"}), None)
    if started is None:
        started = api.ask(
            "POST",
            f"/experiments/{code}/jobs",
            {"datasetId": dataset["id"], "template": template},
            key=f"{template}-{dataset['id']}-{len(earlier) + 1}",
        )
    path = f"/jobs/{started['id']}"
    tell(f"job {started['id']} runs {template}")

    def ended():
        now = api.ask("GET", path)
        return now if now["state"] in ENDED_JOB else None

    job = wait("the job to end", 1800, ended)
    log = "".join(chunk["text"] for chunk in api.ask("GET", f"{path}/log")["chunks"])
    tell(f"{template} {job['state']}: {json.dumps(job['metrics'])}")
    for line in log.splitlines()[-5:]:
        print("    " + line)
    if job["state"] != "succeeded":
        sys.exit(f"The job {job['state']}: {job['failure']}")
    return job


def fetch_results(api, code, job, folder):
    """Brings the job's files home and proves each by its hash."""
    for file in job["files"]:
        path = urllib.parse.quote(file["path"])
        address = api.ask("GET", f"/experiments/{code}/files/{path}")
        # Signed for a while: needs no token, and must not be given one.
        with urllib.request.urlopen(address["url"], timeout=60) as answer:
            content = answer.read()
        if hashlib.sha256(content).hexdigest() != address["sha256"]:
            sys.exit(f"{file['path']} has other bytes than its hash says.")
        target = os.path.join(folder, file["name"])
        with open(target, "wb") as out:
            out.write(content)
        tell(f"{file['path']} → {target} ({len(content)} bytes, hash as it should be)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True, help="https://beamdeck.example.org")
    parser.add_argument("--instrument", required=True, help="its slug, as in the address of its cockpit")
    parser.add_argument("--visit", required=True, help="id of the visit at the user office")
    parser.add_argument("--title", required=True)
    parser.add_argument("--pi", required=True, help="e-mail of the principal investigator, who has an account")
    parser.add_argument("--invite", action="append", default=[], metavar="EMAIL")
    parser.add_argument("--detector", default="simulator", help="as the HUB names it")
    parser.add_argument("--destination", default="{date}/{prefix}", help="template of the folder below raw/")
    parser.add_argument("--run", help="name of the first run, where it is known: announced before it begins")
    parser.add_argument("--template", default="fast-feedback", help="job template to run")
    parser.add_argument("--patience", type=int, default=600, metavar="SECONDS", help="for a dataset")
    parser.add_argument("--results", default=".", metavar="FOLDER", help="where results of the job go")
    options = parser.parse_args()
    token = os.environ.get("BEAMDECK_TOKEN")
    if not token:
        sys.exit("Put an access token into the environment variable BEAMDECK_TOKEN.")
    api = Beamdeck(options.server, token)
    try:
        experiment = prepare(api, options)
        code = experiment["code"]
        is_over = experiment["state"] in OVER
        if is_over:
            tell(f"{code} was finished before: nothing is switched on")
            dataset = first_dataset(api, code)
            if dataset is None:
                sys.exit(f"{code} was finished without data.")
        else:
            switch_on(api, code, options)
            dataset = measure(api, code, options)
        dataset = wait_for_end(api, dataset, options)
        job = analyse(api, code, dataset, options.template)
        fetch_results(api, code, job, options.results)
        if not is_over:
            finished = api.ask("POST", f"/experiments/{code}/finish")
            tell(f"{code} finished at {finished['finishedAt']}")
    except Refused as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
