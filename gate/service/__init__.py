"""The threads of one access point, and the roots that compose it.

Whatever of it is loaded first says how many threads numpy's linear algebra gets, before numpy is loaded: one. Nothing
here multiplies matrices, and a pool that nobody uses costs half of numpy's own loading time.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
