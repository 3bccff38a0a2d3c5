"""Steps of a team, outside of the compiler."""
