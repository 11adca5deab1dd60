"""Ids that the database makes itself, in statements that write many rows at once."""

# RFC 9562 version 7: 48 bits of milliseconds in front of a random id, so that ids sort by time.
UUID7 = """encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    placing substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
    FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid"""
