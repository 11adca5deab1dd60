"""WhatsApp numbers: adding, checking live, verifying webhooks, first number at boot."""
