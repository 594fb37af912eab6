"""The first stage of transfer: train a generic checkpoint on a mixture of corpora.

The trainer is `training.GenericTrainer`.
"""
