"""The wire messages as typed models, from which the JSON Schema and the HTTP description are made.

Names and meanings are those of docs/protocol.md. Unknown fields are ignored, as the contract says.
"""
