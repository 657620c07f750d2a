"""What is learnt from labels: which data a model was trained on, when it is trained again, and which version is used.

What belongs here: data set versions, trainings, model versions and their scores, the rules for them, and their record.
The rules are pure: they see a state and a time and return what happens. What never may: how a model is trained.
"""
