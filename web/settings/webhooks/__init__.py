"""The webhook log as pages: deliveries, what was set aside, rejections, and replays of a range."""
