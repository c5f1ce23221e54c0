"""What one call of a policy may use; ``policy_worker`` says how each limit is kept."""

MEBIBYTE = 2**20
RESULT_LIMIT_BYTES = 16 * MEBIBYTE
LIMITS = {
    "memory_bytes": 1024 * MEBIBYTE,
    "file_bytes": 64 * MEBIBYTE,
    "output_bytes": MEBIBYTE,
    "result_bytes": RESULT_LIMIT_BYTES,
    "open_files": 256,
    "processes": 256,
}
