"""From a raw record to an admitted event: contracts, decoding, brand book, sentiment, hashing."""
