"""The admission review: every pod of a managed namespace that asks for a GPU comes by here, whoever makes it.

`/mutate` says what the pod is given and writes it on the pod, without any effect; `/validate` sees what other reviews
made of it, compares, and reserves. So a pod that is refused in between has taken nothing.

What may be here: reading a review, finding out who asks, comparing a pod with its right, and the web server for it.
What never may: a decision about a booking (core's), a transaction (the desk's), a connection to anything but the
database.
"""
