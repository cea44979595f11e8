"""The steps of a Dockerfile, carried out in folders: what ``docker build`` and ``docker run`` do with them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from docker.utils.build import exclude_paths
from dockerfile_stages import Stage, Step, expand, read
from sandbox import Container, Root

# What Docker hands to every build, and how this machine's pip finds its packages.
_FROM_OUTSIDE = ("PIP_", "SSL_CERT_", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def context(repository: Path, folder: Path) -> list[str]:
    """Copy what a build gets to see of a repository, and return its files."""
    rules = (repository / ".dockerignore").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in rules if line.strip() and not line.startswith("#")]
    files = sorted(path for path in exclude_paths(str(repository), wanted) if (repository / path).is_file())
    for path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(repository / path, folder / path)
    return files


class Image:
    """An image that is built in a folder.

    Args:
        file: The Dockerfile.
        sources: The build's context.
        folder: Where the roots of its stages are made.
        arguments: Build arguments.
    """

    def __init__(self, file: Path, sources: Path, folder: Path, **arguments: str) -> None:
        self._sources = sources
        self._arguments = arguments
        self._outside = {name: value for name, value in os.environ.items() if name.upper().startswith(_FROM_OUTSIDE)}
        self.roots: dict[str, Root] = {}
        self.stages, above = read(file, arguments)
        for number, stage in enumerate(self.stages):
            self.root = self.roots[stage.name] = Root(folder / f"{number}-{stage.name}")
            self._build(stage, above)

    def _build(self, stage: Stage, above: dict[str, str]) -> None:
        given: dict[str, str] = {}
        for step in stage.steps:
            known = {**given, **self.root.environment}
            if step.name == "ARG":
                name, _, default = step.values[0].partition("=")
                value = self._arguments.get(name, expand(default, known) if "=" in step.values[0] else above.get(name))
                given.update({} if value is None else {name: value})
            elif step.name == "ENV":
                pairs = zip(step.values[::2], step.values[1::2], strict=True)
                self.root.environment.update({name: expand(value, known) for name, value in pairs})
            elif step.name == "WORKDIR":
                self.root.directory = os.path.join(self.root.directory, expand(step.values[0], known))
                self.root.inside(".").mkdir(parents=True, exist_ok=True)
            elif step.name == "USER":
                self.root.user = expand(step.values[0], known)
            elif step.name == "COPY":
                self._copy(step, known)
            elif step.name == "RUN":
                self._run(step, given)

    def _run(self, step: Step, given: dict[str, str]) -> None:
        command = list(step.values) if step.listed else ["/bin/sh", "-c", step.values[0]]
        done = self.root.run(command, **{**self._outside, **given})
        if done.returncode:
            raise RuntimeError(f"RUN {' '.join(step.values)}\nended with {done.returncode}:\n{done.stdout}")

    def _copy(self, step: Step, known: dict[str, str]) -> None:
        if unknown := set(step.flags) - {"from"}:
            raise ValueError(f"COPY: {unknown} is not understood")
        *sources, target = (expand(value, known) for value in step.values)
        place = self.root.inside(target)
        for source in sources:
            found = self.roots[step.flags["from"]].inside(source) if step.flags else self._sources / source
            if found.is_dir():
                shutil.copytree(found, place, symlinks=True, dirs_exist_ok=True)
            else:
                into = place / found.name if target.endswith("/") or place.is_dir() else place
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, into)

    def start(self, log: Path, *options: str, **variables: str) -> Container:
        """Run the entry point with options, as ``docker run`` does."""
        return self.root.start([*self.stages[-1].the("ENTRYPOINT").values, *options], log, **variables)

    def healthy(self, container: Container) -> bool:
        """Whether the health check succeeds in a container."""
        check = self.stages[-1].the("HEALTHCHECK")
        kind, *command = check.values
        assert kind == "CMD" and check.listed
        return container.execute(command).returncode == 0
