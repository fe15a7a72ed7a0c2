"""Prompts as Jinja2 files."""

from streamdial.prompts._render import hash_prompt, quote_untrusted, read_prompt, render_prompt

__all__ = ["hash_prompt", "quote_untrusted", "read_prompt", "render_prompt"]
