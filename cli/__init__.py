"""The `kopilka` command. `cli.compose` is the one place that builds everything."""
