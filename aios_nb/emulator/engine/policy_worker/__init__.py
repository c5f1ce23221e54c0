"""The process in which a policy runs: imports function.py once, then forks once per call (§8.1).

``__main__`` is started by path, with nothing of the emulator in its environment, and ``starting``
shuts the process in and imports the policy. Over the control socket the ``zygote`` then gets five
bytes a message: ``F`` asks for a child, ``K`` and a process id end one, ``D`` comes with a file of
documents that all later children hold, so that calls only name them; end of file ends all. Each
child is announced by its process id with the socket that leads to it, and waits there for the one
call it answers; one that waits in advance makes a call three times as fast. What a policy can break
in here is its own archive's worker and nothing else.

All files rest on the standard library, on each other, and on ``folders``. None defines a name that
a policy could import: ``__main__`` says how.
"""
