"""Labels on their way back to the image server: one submission is one DICOM segmentation object, and a new version.

What belongs here: what a label is called in SNOMED CT, who signs it, what it becomes, which versions there are, and
how it is kept until the image server has it. What never may: how labels are drawn, and what is learnt from them.
"""
