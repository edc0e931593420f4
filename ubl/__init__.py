"""Documents: the EN 16931 model, its arithmetic, UBL in and out, validation, payment QR, retention of title, paper."""
