"""The forms of names that AWS gives, and of those that it refuses."""

EC2_ID = "[0-9a-f]{8}([0-9a-f]{9})?"
"""What follows the hyphen in an id of EC2. The short form is that of resources from before 2018.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html"""

BUCKET_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
"""What the name of no bucket starts with. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
