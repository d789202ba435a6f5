"""What every program of this kind needs: loop, tasks, paths, clock, language, single instance."""
