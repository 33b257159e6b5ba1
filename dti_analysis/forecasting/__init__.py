"""The panel to answers: chances, targets, rivals, pushes, the merger, all off the same draws."""
