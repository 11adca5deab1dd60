"""The development surface under /_sim: call log, knobs, customers, media and live events."""
