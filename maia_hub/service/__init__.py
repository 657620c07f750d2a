"""The front door: the REST API with its OpenAPI, the event stream, the portal's pages and signing in.

What may be here: who is asking, may they, and the translation between HTTP and the use cases of
`maia_hub.desk`. What never may: a booking rule, a database statement, a call that starts or stops a server.
"""
