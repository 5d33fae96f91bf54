"""Fondaco's speed, each figure beside a floor taken in the same run; see README.md. Started by ``./fondaco bench``."""
