"""Rules of dual stack for any Pulumi program on AWS, as a policy pack."""
