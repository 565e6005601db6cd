"""Presets from the Hub: every file of one commit, proven by the commit's own hashes."""

import contextlib
import re
import warnings
from pathlib import Path

from kerasgan.errors import HubError, HubUnavailableError, PresetConfigError, PresetError, PresetIntegrityError, PresetNotFoundError
from kerasgan.files import LARGEST
from kerasgan.hub.address import PREFIX, address
from kerasgan.hub.bars import bar_class
from kerasgan.hub.client import TIMEOUT, client, retried
from kerasgan.hub.trees import same, tree_of

TAG = "kerasgan"  # of repositories
TELLING = {  # the ends of names, and what has such a file
    "model_index.json": "a pipeline of diffusers",
    "adapter_config.json": "an adapter of peft",
    "task.json": "a preset of keras_hub",
    ".gguf": "a model of llama.cpp",
    "saved_model.pb": "a SavedModel of TensorFlow",
}


class Snapshot:
    """The files of one commit, fetched into the Hub's cache one by one.

    Args:
        uri: As in `address`.
        revision: As there.
        token: An access token; the one that `kerasgan login` stored by default, False
            for none.
        cache_dir: The cache's folder; the Hub's own by default.
        local_files_only: Use what is cached, and no network.
        force_download: Fetch again what is cached.

    Attributes:
        name: The repository's, with its owner.
        commit: The commit's name.

    Raises:
        PresetNotFoundError: If there is no such repository or revision.
        HubAccessError: If it may not be read.
        HubUnavailableError: If the Hub cannot be reached and nothing is cached.
    """

    def __init__(
        self,
        uri: str,
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | Path | None = None,
        local_files_only: bool = False,
        force_download: bool = False,
    ):
        from huggingface_hub import constants

        self.address = address(uri, revision)
        self.name = self.address.repo_id
        self._cache = {"cache_dir": cache_dir}
        self._token, self._force = token, force_download
        self._read: dict[str, bytes] = {}  # each file is fetched and proven once
        self._offline = local_files_only or constants.is_offline_mode()
        with client(self.address, token) as api:
            self._revision = retried(
                lambda: api.resolve_revision(
                    self.name,
                    revision=self.address.revision,
                    local_files_only=self._offline,
                    **self._cache,
                )
            )
        self.commit = self._revision.resolved
        self._tree = None if self._offline else self._listed()

    def _listed(self) -> dict[str, tuple[int, str]] | None:
        """Size and hash of every file; None where the Hub has just gone away."""
        try:
            with client(self.address, self._token) as api:
                return retried(lambda: tree_of(api, self.name, self.commit))
        except HubUnavailableError as error:
            warnings.warn(f"{error} Using what is cached.", stacklevel=4)
            self._offline = True
            return None

    def read(self, name: str, largest: int = LARGEST) -> bytes:
        """A file: fetched, if it has to be, and proven.

        Args:
            name: The file's.
            largest: How many bytes it may have.

        Raises:
            PresetNotFoundError: If the commit has no such file.
            PresetConfigError: If it is too large; nothing is fetched then.
            PresetIntegrityError: If what arrives is twice not what the commit holds.
        """
        if self._tree is not None and name not in self._tree:
            raise PresetNotFoundError(self._lacks(name))
        size, digest = self._listing(name)
        if size <= largest:
            if name not in self._read:
                self._read[name] = self._proven(name, size, digest)
            size = len(self._read[name])
        if size > largest:
            raise PresetConfigError(
                f"{self.address}: {name} must not exceed {largest} bytes. "
                f"Received: {size}."
            )
        return self._read[name]

    def _listing(self, name):
        """Size and hash; of what is cached, where nothing is listed, neither."""
        return (0, "") if self._tree is None else self._tree[name]

    def _proven(self, name, size, digest):
        data = self._fetch(name, self._force)
        if digest and not same(data, size, digest):
            data = self._fetch(name, True)  # the cache's may have been cut short
            if not same(data, size, digest):
                raise PresetIntegrityError(
                    f"{self.address}: {name} must be what commit {self.commit[:8]} "
                    "holds. Received: other bytes, twice. Try again later."
                )
        return data

    @property
    def folder(self) -> Path:
        """The cache's folder of this commit, made of links to what was fetched."""
        with client(self.address, self._token) as api:
            options = {"revision": self.commit, "local_files_only": True}
            found = api.hf_hub_download(
                self.name, "config.json", **options, **self._cache
            )
        return Path(found).parent

    def __str__(self) -> str:
        return str(self.address)

    def has(self, name: str) -> bool:
        """Whether the commit, or offline the cache, has a file."""
        if self._tree is not None:
            return name in self._tree
        from huggingface_hub import try_to_load_from_cache

        options = {"revision": self.commit, **self._cache}
        return isinstance(try_to_load_from_cache(self.name, name, **options), str)

    def _fetch(self, name, force):
        with client(self.address, self._token) as api:
            found = retried(
                lambda: api.hf_hub_download(
                    self.name,
                    name,
                    revision=self._revision,
                    etag_timeout=TIMEOUT,
                    local_files_only=self._offline,
                    force_download=force and not self._offline,
                    tqdm_class=bar_class(name, self._listing(name)[0]),
                    **self._cache,
                )
            )
        return Path(found).read_bytes()  # by the cache's link into its own blobs

    def _lacks(self, name):
        found = [ascii(path)[:80] for path in sorted(self._tree)[:8]]  # a stranger's
        return (
            f"{self.address} must hold a kerasgan preset. Received: {self._kind()} "
            f"without {name}, with {', '.join(found) or 'no file at all'}. See "
            f"{self.address.page}."
        )

    def _kind(self):
        """What the repository is instead: a file tells, or its card."""
        for name, kind in TELLING.items():
            if any(path.endswith(name) for path in self._tree):
                return kind
        if self._tree.keys() <= {".gitattributes"}:
            return "an empty repository"
        if self._tree.keys() <= {"README.md", ".gitattributes"}:
            return "a card and no model,"
        library = None
        if "README.md" in self._tree:
            with contextlib.suppress(HubError, PresetError):
                card = self.read("README.md", 2**18).decode("utf-8", "replace")
                library = re.search(r"(?m)^library_name: *([\w.-]+)", card)
        return f"a model of {library[1]}" if library else "a repository"


def find(author: str | None = None, token: str | bool | None = None) -> list[str]:
    """Addresses of the kerasgan presets on the Hub, found by their tag.

    Args:
        author: A user or an organization; all where not given.
        token: As in `Snapshot`.
    """
    with client(None, token) as api:
        found = retried(lambda: list(api.list_models(author=author, filter=TAG)))
    return [PREFIX + model.id for model in found]
