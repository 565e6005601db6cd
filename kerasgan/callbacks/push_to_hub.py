"""Uploads the best preset to the Hub while a GAN trains."""

import threading
import warnings
from pathlib import Path
from typing import Any

import keras

from kerasgan import hub
from kerasgan.files import user_path
from kerasgan.presets import card, share
from kerasgan.presets.folders import Folder


class PushToHub(keras.callbacks.Callback):
    """Uploads a preset folder to the Hub whenever it has changed.

    It must come after `KeepBest` in the list of callbacks, with the same folder.
    Uploads run in the background, one at a time. At the end of the training the newest
    state is uploaded. If an upload fails, or the folder is never created, it warns, and
    the training continues.

    Args:
        repo_id: "owner/name" of the repository, created if missing.
        folder: The folder of the preset.
        **options: `private`, `token`, `revision` of `kerasgan.upload_preset`.

    Attributes:
        page: The page of the newest commit, or None.

    Raises:
        PresetNotFoundError: If `repo_id` is not the name of a repository.

    Example:
        ```python
        keep = KeepBest("best", "fid_features_mnist")
        push = PushToHub("me/my_gan", "best", private=True)
        gan.fit(dataset, epochs=50, callbacks=[evaluate, keep, push])
        ```
    """

    def __init__(self, repo_id: str, folder: str | Path, **options: Any):
        super().__init__()
        self._address = hub.address(repo_id)  # raises before the training
        self.repo_id, self.folder, self.options = repo_id, user_path(folder), options
        self.page, self._pushed, self._thread = None, None, None

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Starts an upload, if there is something new and no upload is running."""
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Waits for the upload, and uploads anything newer."""
        if self._thread is not None:
            self._thread.join()
        self._start()
        if self._thread is not None:
            self._thread.join()
        if not (self.folder / "metadata.json").is_file():
            self._warn(
                f"{self.folder} holds no preset. Put a KeepBest of that folder before "
                "PushToHub in the callbacks."
            )

    def _start(self):
        path = self.folder / "metadata.json"
        described = path.read_bytes() if path.is_file() else self._pushed
        if described == self._pushed:
            return
        try:  # read now, because the folder may be replaced soon
            contents = share.contents_of(Folder(self.folder), self._address)
        except Exception as error:
            self._warn(error)
            return
        arguments = contents, described
        self._thread = threading.Thread(target=self._push, args=arguments, daemon=True)
        self._thread.start()

    def _push(self, contents, described):
        options = {"keep": card.is_edited, "quiet": True, **self.options}
        try:
            self.page = hub.push(self.repo_id, contents, **options)
            self._pushed = described
        except Exception as error:
            self._warn(error)

    def _warn(self, error):
        warnings.warn(f"{self.repo_id} was not uploaded: {error}", stacklevel=3)
