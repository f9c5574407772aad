"""The conversation: what a person writes or taps, what it means, and the one answer it gets.

`hearing` is the way in. Everything happens in the transaction that records the message.
"""
