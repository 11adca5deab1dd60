"""The Graph API surface: the paths and bodies a Cloud API client already knows."""
