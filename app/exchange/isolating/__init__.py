"""Reading what strangers send, in a process of its own that knows no secret and cannot take more than its share."""
