"""Papers: Word documents that offices sign, stamp, post and file, filled from templates that they edit in Word."""
