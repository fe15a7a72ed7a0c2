"""A vertical."""

from importlib import resources

CAFE = resources.files("streamdial_example").joinpath("cafe.yaml")
