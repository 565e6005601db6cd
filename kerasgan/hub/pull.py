"""Downloads presets: all files from one commit, checked against its hashes."""

import contextlib
import re
import warnings
from pathlib import Path

from kerasgan.errors import (
    HubError,
    HubUnavailableError,
    PresetConfigError,
    PresetError,
    PresetIntegrityError,
    PresetNotFoundError,
)
from kerasgan.files import LARGEST, user_path
from kerasgan.hub.address import PREFIX, address
from kerasgan.hub.bars import bar_class
from kerasgan.hub.client import TIMEOUT, client, retried
from kerasgan.hub.trees import same, tree_of

TAG = "kerasgan"  # the tag of repositories that hold a preset
OTHER_KINDS = {  # ends of file names, and what a repository with such a file is
    "model_index.json": "a diffusers pipeline",
    "adapter_config.json": "a peft adapter",
    "task.json": "a keras_hub preset",
    ".gguf": "a llama.cpp model",
    "saved_model.pb": "a TensorFlow SavedModel",
}


class Snapshot:
    """The files of one commit, downloaded into the Hub's cache one by one.

    Args:
        repo_id: The repository, as in `address`.
        revision: The revision, as in `address`.
        token: An access token. None means the one that `kerasgan login` stored, False
            means no token.
        cache_dir: The cache's folder. None means the Hub's own.
        local_files_only: Whether to use cached files only, without the network.
        force_download: Whether to download cached files again.

    Attributes:
        name: The repository's name with its owner.
        commit: The commit's hash.

    Raises:
        PresetNotFoundError: If there is no such repository or revision.
        HubAccessError: If the user may not read it.
        HubUnavailableError: If the Hub cannot be reached and nothing is cached.
    """

    def __init__(
        self,
        repo_id: str,
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | Path | None = None,
        local_files_only: bool = False,
        force_download: bool = False,
    ):
        from huggingface_hub import constants

        self.address = address(repo_id, revision)
        self.name = self.address.repo_id
        self._cache = {"cache_dir": cache_dir and user_path(cache_dir)}
        self._token, self._force = token, force_download
        self._contents: dict[str, bytes] = {}  # each file is downloaded once
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
        self._tree = None if self._offline else self._list_files()

    def _list_files(self) -> dict[str, tuple[int, str]] | None:
        """Size and hash of every file, or None if the Hub has become unreachable."""
        try:
            with client(self.address, self._token) as api:
                return retried(lambda: tree_of(api, self.name, self.commit))
        except HubUnavailableError as error:
            warnings.warn(f"{error} Using what is cached.", stacklevel=4)
            self._offline = True
            return None

    def read(self, name: str, largest: int = LARGEST) -> bytes:
        """Returns a file's content, downloaded if necessary, and checked.

        Args:
            name: The file's name.
            largest: The largest size in bytes.

        Raises:
            PresetNotFoundError: If the commit has no such file.
            PresetConfigError: If the file is larger. It is not downloaded then.
            PresetIntegrityError: If wrong content arrives twice.
        """
        if self._tree is not None and name not in self._tree:
            raise PresetNotFoundError(self._lacks(name))
        size, digest = self._listing(name)
        if size <= largest:
            if name not in self._contents:
                self._contents[name] = self._checked(name, size, digest)
            size = len(self._contents[name])
        if size > largest:
            raise PresetConfigError(
                f"{self.address}: {name} must not exceed {largest} bytes. "
                f"Received: {size}."
            )
        return self._contents[name]

    def _listing(self, name):
        """Size and hash of a file, or (0, "") without a listing."""
        return (0, "") if self._tree is None else self._tree[name]

    def _checked(self, name, size, digest):
        data = self._download(name, self._force)
        if digest and not same(data, size, digest):
            data = self._download(name, True)  # the cached file may be cut short
            if not same(data, size, digest):
                raise PresetIntegrityError(
                    f"{self.address}: {name} must be what commit {self.commit[:8]} "
                    "holds. Received: other bytes, twice. Try again later."
                )
        return data

    @property
    def folder(self) -> Path:
        """The cache's folder of this commit, which has links to downloaded files."""
        with client(self.address, self._token) as api:
            options = {"revision": self.commit, "local_files_only": True}
            path = api.hf_hub_download(
                self.name, "config.json", **options, **self._cache
            )
        return Path(path).parent

    def __str__(self) -> str:
        return str(self.address)

    def has(self, name: str) -> bool:
        """Whether the commit has a file or, offline, whether the cache has it."""
        if self._tree is not None:
            return name in self._tree
        from huggingface_hub import try_to_load_from_cache

        options = {"revision": self.commit, **self._cache}
        return isinstance(try_to_load_from_cache(self.name, name, **options), str)

    def _download(self, name, force):
        with client(self.address, self._token) as api:
            path = retried(
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
        return Path(path).read_bytes()  # a link of the cache into its own blobs

    def _lacks(self, name):
        # Others chose these names: they are escaped.
        files = [ascii(path)[:80] for path in sorted(self._tree)[:8]]
        return (
            f"{self.address} must hold a kerasgan preset. Received: {self._kind()} "
            f"without {name}, with {', '.join(files) or 'no file at all'}. See "
            f"{self.address.page}."
        )

    def _kind(self):
        """What else the repository is, according to its files or its card."""
        for name, kind in OTHER_KINDS.items():
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
        return f"a {library[1]} model" if library else "a repository"


def find(author: str | None = None, token: str | bool | None = None) -> list[str]:
    """Returns the addresses of the kerasgan presets on the Hub, by their tag.

    Args:
        author: A user or an organization. None means all.
        token: An access token, as in `Snapshot`.
    """
    from huggingface_hub import constants
    from huggingface_hub.utils import get_session

    with client(None, token) as api:
        # The client would try its list for 23 seconds without a connection.
        retried(lambda: get_session().head(constants.ENDPOINT))
        models = retried(lambda: list(api.list_models(author=author, filter=TAG)))
    return [PREFIX + model.id for model in models]
