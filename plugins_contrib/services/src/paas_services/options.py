"""What `create`, `clone` and `upgrade` can be told of a service, as their options."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import typer

from . import kinds
from .kinds import Service


@dataclass(frozen=True)
class Given:
    """What was said of a service; what was not said is empty.

    Each attribute is an option of the commands that take a `Given`.
    """

    config_options: Annotated[str, typer.Option("-c", "--config-options", help="Further words for its program.")] = ""
    custom_env: Annotated[str, typer.Option("-C", "--custom-env", help="Variables of its container, as K=V;K=V.")] = ""
    image: Annotated[str, typer.Option("-i", "--image", help="Another image.")] = ""
    image_version: Annotated[str, typer.Option("-I", "--image-version", help="The image's tag.")] = ""
    memory: Annotated[int, typer.Option("-m", "--memory", min=0, help="MB that it may use.")] = 0
    initial_network: Annotated[
        str, typer.Option("-N", "--initial-network", help="A network for its container to be made in.")
    ] = ""
    post_create_network: Annotated[
        str, typer.Option("-P", "--post-create-network", help="Networks to join before it starts, as N,N.")
    ] = ""
    post_start_network: Annotated[
        str, typer.Option("-S", "--post-start-network", help="Networks to join once it has started, as N,N.")
    ] = ""
    shm_size: Annotated[int, typer.Option("-s", "--shm-size", min=0, help="MB of shared memory.")] = 0

    def changed(self, service: Service) -> Service:
        """A service as it was, but for what was said.

        Raises:
            InvalidValue: Something can't be.
        """
        kinds.words(self.config_options)
        return replace(
            service,
            image=kinds.checked_image(self.image or service.image),
            version=kinds.checked_version(self.image_version or service.version),
            options=self.config_options or service.options,
            environment=kinds.environment(self.custom_env) or service.environment,
            memory=self.memory or service.memory,
            shm=self.shm_size or service.shm,
            initial_network=kinds.checked_network(self.initial_network) or service.initial_network,
            post_create_network=kinds.checked_networks(self.post_create_network) or service.post_create_network,
            post_start_network=kinds.checked_networks(self.post_start_network) or service.post_start_network,
        )
