"""Run functions of the builder's TypeScript with Node, so that they are held to what the domain says."""

import json
import subprocess
from pathlib import Path
from typing import Any

from web import build_assets

BUNDLE = """import { build } from "rolldown";
await build({ input: process.argv[1], output: { file: process.argv[2], format: "esm" }, logLevel: "silent" });
const module = await import(process.argv[2]);
const cases = JSON.parse(await new Response(process.stdin).text());
console.log(JSON.stringify(cases.map(([name, ...given]) => module[name](...given))));"""


def called(source: str, calls: list[list[Any]], folder: Path) -> list[Any]:
    """What functions of a module of the builder return: each call is a name and its arguments."""
    node = build_assets.find_toolchain().node
    module, bundle = build_assets.FRONTEND / "src" / "builder" / source, folder / "bundle.mjs"
    command = (str(node), "--input-type=module", "-e", BUNDLE, str(module), str(bundle))
    done = subprocess.run(
        command, input=json.dumps(calls), capture_output=True, text=True, check=True, timeout=60,
        cwd=build_assets.FRONTEND,
    )  # fmt: skip
    returned: list[Any] = json.loads(done.stdout)
    return returned
