"""Builds the compiled kernels; everything else is declared in pyproject.toml.

``DOMIX_CHECKED_KERNELS=1`` builds them with bounds checks and line tracing, for tests and coverage,
and with less optimization, which compiles in half the time.
"""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

checked = os.environ.get("DOMIX_CHECKED_KERNELS", "0") not in ("", "0")
if os.name == "posix":
    optimize = "-O1" if checked else "-O3"
else:
    optimize = "/O1" if checked else "/O2"
folder = Path("src/domix/_kernels")
sources = sorted(folder.glob("*.pyx"))
extensions = [
    Extension(
        f"domix._kernels.{source.stem}",
        [str(source)],
        include_dirs=[str(folder)],
        depends=[str(header) for header in [*folder.glob("*.h"), *folder.glob("*.pxd")]],
        extra_compile_args=[optimize],
        define_macros=[("CYTHON_TRACE", "1"), ("CYTHON_TRACE_NOGIL", "1")] if checked else [],
    )
    for source in sources
]
directives = {
    "language_level": "3",
    "boundscheck": checked,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
    "linetrace": checked,
    "autotestdict": False,
}
setup(
    ext_modules=cythonize(
        extensions,
        compiler_directives=directives,
        force=checked,
        build_dir="build/checked" if checked else "build/kernels",
    ),
    options={"build_ext": {"parallel": os.cpu_count()}},
)
