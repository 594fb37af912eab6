"""What a killed process leaves beside a target goes when it must be dead; what may be alive or whole stays."""

import os
import time

from bilstm_nlu.staging import staged

DAY = 24 * 60 * 60


def test_old_workshops_of_the_same_name_are_swept(tmp_path):
    ages = {
        ".model.new-abcd_123": 2 * DAY,
        ".model.new-abcd_124": DAY / 2,  # somebody may be at work
        ".model.old-abcd_123": 2 * DAY,  # whole, and perhaps all there is
        ".model2.new-abcd_12": 2 * DAY,
        ".model.new-mine": 2 * DAY,
    }
    for name, age in ages.items():
        (tmp_path / name / "model").mkdir(parents=True)
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    with staged(tmp_path / "model") as build:
        build.write_text("done")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*list(ages)[1:], "model"])
