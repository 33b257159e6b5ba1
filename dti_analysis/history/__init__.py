"""What the editions so far say, without a forecast: what is known, what lasts, what converges."""
