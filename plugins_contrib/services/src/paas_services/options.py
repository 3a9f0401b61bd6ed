"""What `create`, `clone` and `upgrade` can be told of a service, as their options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from . import checked
from .kinds import Service

Text = str | None
Number = int | None


@dataclass(frozen=True)
class Given:
    """What was said of a service; what was not said is None, and what is empty is to be as if it never had been.

    Each attribute is an option of the commands that take a `Given`.
    """

    config_options: Annotated[Text, typer.Option("-c", "--config-options", help="Further words for its program.")] = (
        None
    )
    custom_env: Annotated[Text, typer.Option("-C", "--custom-env", help="Variables of its container, as K=V;K=V.")] = (
        None
    )
    image: Annotated[Text, typer.Option("-i", "--image", help="Another image.")] = None
    image_version: Annotated[Text, typer.Option("-I", "--image-version", help="The image's tag.")] = None
    memory: Annotated[Number, typer.Option("-m", "--memory", min=0, help="MB that it may use; 0: no limit.")] = None
    initial_network: Annotated[
        Text, typer.Option("-N", "--initial-network", help="A network for its container to be made in.")
    ] = None
    post_create_network: Annotated[
        Text, typer.Option("-P", "--post-create-network", help="Networks to join before it starts, as N,N.")
    ] = None
    post_start_network: Annotated[
        Text, typer.Option("-S", "--post-start-network", help="Networks to join once it has started, as N,N.")
    ] = None
    shm_size: Annotated[Number, typer.Option("-s", "--shm-size", min=0, help="MB of shared memory.")] = None

    def changed(self, service: Service) -> Service:
        """A service as it was, but for what was said.

        Raises:
            InvalidValue: Something can't be.
        """
        said: dict[str, Any] = {
            "image": _read(checked.image, self.image),
            "version": _read(checked.version, self.image_version),
            "options": _read(checked.options, self.config_options),
            "environment": _read(checked.environment, self.custom_env),
            "memory": self.memory,
            "shm": self.shm_size,
            "initial_network": _read(checked.network, self.initial_network),
            "post_create_network": _read(checked.networks, self.post_create_network),
            "post_start_network": _read(checked.networks, self.post_start_network),
        }
        return replace(service, **{name: value for name, value in said.items() if value is not None})


def _read(read: Callable[[str], Any], said: str | None) -> Any:
    return None if said is None else read(said)
