"""Who is told what, when, by which way, and the proof of delivery."""
