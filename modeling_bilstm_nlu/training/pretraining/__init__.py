"""The first stage of transfer: a generic checkpoint from a mixture of corpora.

The trainer is `training.GenericTrainer`.
"""
