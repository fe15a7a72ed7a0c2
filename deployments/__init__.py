"""Deployments: when, where and with which parameters the flows run."""
