"""Load from programs that others wrote: wrk sends as fast as it can, autocannon at a rate."""

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Load", "as_fast_as_possible", "at_rate", "generators"]

_LUA = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local bodies = {%s}
local next = 0
function request()
  next = next %% #bodies + 1
  return wrk.format(nil, nil, nil, bodies[next])
end
"""
_NODE = """
const autocannon = require(process.argv[1])
const options = JSON.parse(process.argv[2])
options.requests = options.bodies.map(body => ({method: 'POST', body: body}))
delete options.bodies
autocannon(options).then(found => console.log(JSON.stringify(found)))
"""
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Load:
    """What a generator saw.

    Attributes:
        num_answers: number of answers.
        per_second: answers a second.
        p50: milliseconds.
        p99: milliseconds.
        statuses: status -> number of answers; `other` is all but 200, where the generator does not tell them apart.
        num_errors: broken connections and timeouts.
    """

    num_answers: int
    per_second: float
    p50: float
    p99: float
    statuses: dict[str, int]
    num_errors: int


def generators(autocannon: Path) -> dict[str, str]:
    """The programs with their versions."""
    package = json.loads((autocannon / "package.json").read_text("utf-8"))
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True).stdout.split()
    return {"wrk": wrk[1] if len(wrk) > 1 else "", "autocannon": package["version"]}


def as_fast_as_possible(url: str, bodies: Sequence[str], work: Path, *, connections: int, seconds: float) -> Load:
    """Load from wrk: each connection sends its next request when it has the answer."""
    script = work / "post.lua"
    script.write_text(_LUA % ",".join(f"[=[{body}]=]" for body in bodies), "utf-8")
    if shutil.which("wrk") is None:
        raise RuntimeError("wrk is not installed; run apt-get install wrk")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--latency", "--timeout", "30s"]
    output = subprocess.run([*command, "-s", script, url], capture_output=True, text=True, check=True).stdout
    number, elapsed = re.findall(r"(\d+) requests in ([\d.]+)(\w+)", output)[0][0:2]
    unit = re.findall(r"requests in [\d.]+([a-z]+)", output)[0]
    found = {
        share: float(value) * _UNITS[kind] for share, value, kind in re.findall(r"(50|99)%\s+([\d.]+)(\w+)", output)
    }
    other = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    num_other = int(other[1]) if other else 0
    return Load(
        int(number),
        int(number) / (float(elapsed) * _UNITS[unit] / 1000),
        found["50"],
        found["99"],
        {"200": int(number) - num_other, "other": num_other},
        sum(map(int, errors.groups())) if errors else 0,
    )


def at_rate(
    url: str, bodies: Sequence[str], autocannon: Path, *, rate: float, connections: int, seconds: float
) -> Load:
    """Load from autocannon: so many requests a second, and a request that is late counts from when it was due."""
    options = {
        "url": url,
        "bodies": list(bodies),
        "overallRate": round(rate),
        "connections": connections,
        "duration": round(seconds),
        "timeout": 30,
    }
    command = ["node", "-e", _NODE, str(autocannon.absolute()), json.dumps(options)]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    statuses = {status: one["count"] for status, one in found["statusCodeStats"].items()}
    number = sum(statuses.values())
    return Load(
        number,
        number / found["duration"],
        found["latency"]["p50"],
        found["latency"]["p99"],
        statuses,
        found["errors"] + found["timeouts"],
    )
