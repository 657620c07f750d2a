"""The door to the tools of projects: a process of its own that leads people and their code to them.

What belongs here: who may use which tool, told by the hub; what is forwarded to a tool and what never is; how the page
of a tool is kept from acting as the person who looks at it; the API that the panel and the kernels ask. What never may:
what a kind of tool is, and how one is installed and run (`maia_hub.tools`).
"""
