"""Names for the array types of these rules, so that a signature says what an array holds.

Shapes are written in docstrings: C is the number of raking cells, K of options of a question, N of responses.
This module must never hold arithmetic.
"""

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
