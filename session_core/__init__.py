"""The domain of Hearken and its storage: no web framework, no models."""
