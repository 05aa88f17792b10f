"""Plates of specimens: their identifiers, and the places where their traps stood.

Specimens lie shuffled in plates of 95; a plate holds the catch of one trap.
"""

import numpy as np
import polars as pl

from bioscan.simulate import draws

#: Country, province or state, latitude, longitude (degrees) and relative number of traps. Costa
#: Rica has 62 % (5M §A2.1); the others were estimated by eye from the map (5M Fig. 3).
PLACES = pl.DataFrame(
    [
        ("Costa Rica", "Guanacaste", 10.84, -85.62, 40.0),
        ("Costa Rica", "Alajuela", 10.98, -85.43, 9.0),
        ("Costa Rica", "Heredia", 10.33, -84.08, 8.0),
        ("Costa Rica", "Puntarenas", 8.71, -83.61, 5.0),
        ("Canada", "Ontario", 43.54, -80.23, 7.0),
        ("Canada", "British Columbia", 49.25, -122.86, 2.0),
        ("Canada", "Alberta", 51.18, -115.57, 1.0),
        ("South Africa", "Mpumalanga", -24.99, 31.59, 4.0),
        ("South Africa", "Limpopo", -23.94, 31.14, 2.0),
        ("United States", "Texas", 30.28, -97.78, 3.0),
        ("United States", "Florida", 27.18, -81.35, 1.5),
        ("Australia", "Western Australia", -35.02, 117.23, 2.0),
        ("Australia", "New South Wales", -33.77, 150.75, 1.0),
        ("Norway", "Trøndelag", 63.43, 10.39, 2.0),
        ("Germany", "Bavaria", 48.95, 13.42, 1.5),
        ("Pakistan", "Azad Kashmir", 33.85, 73.77, 1.5),
        ("Panama", "Panama", 9.16, -79.85, 1.5),
        ("Argentina", "Misiones", -25.68, -54.45, 1.5),
        ("French Guiana", None, 4.56, -52.21, 1.2),
        ("Bangladesh", "Rajshahi", 24.37, 88.64, 1.0),
        ("Egypt", "Qalyubia", 30.25, 31.55, 0.8),
        ("Thailand", "Chiang Mai", 18.81, 98.92, 0.8),
        ("Kenya", "Nairobi", -1.36, 36.85, 0.7),
        ("Lebanon", None, 34.40, 35.81, 0.4),
    ],
    schema={
        "country": pl.String,
        "province_state": pl.String,
        "coord-lat": pl.Float64,
        "coord-lon": pl.Float64,
        "traps": pl.Float64,
    },
    orient="row",
)

#: First two letters of a project code.
_COUNTRY_CODES = {
    "Costa Rica": "CR",
    "Canada": "CN",
    "South Africa": "SA",
    "United States": "US",
    "Australia": "AU",
    "Norway": "NO",
    "Germany": "GM",
    "Pakistan": "PK",
    "Panama": "PN",
    "Argentina": "AR",
    "French Guiana": "FG",
    "Bangladesh": "BD",
    "Egypt": "EG",
    "Thailand": "TH",
    "Kenya": "KE",
    "Lebanon": "LB",
}

#: Trap sites per place: 24 places then give about the published 1,650 locations (5M Table A4).
SITES = 70

#: A plate has 96 wells; the last (H12) is the control.
WELLS, PLATE_ROWS, PLATE_COLUMNS = 95, "ABCDEFGH", 12
FIRST_PLATE = 10_001

#: Plates per project; the records of a project are numbered from 1.
PLATES_PER_PROJECT = 100

#: Share of the records without coordinates (1,831 records; 5M Table A4).
WITHOUT_COORDINATES = 0.0004


def project_letters(project: int) -> str:
    """Three letters that name a project; distinct for 17,576 projects, in no apparent order."""
    number = (project * 10_007 + 291) % 26**3
    return chr(65 + number // 676) + chr(65 + number // 26 % 26) + chr(65 + number % 26)


def identify(seed: int, start: int, stop: int) -> pl.DataFrame:
    """Identifiers and places of the records from `start` to `stop`.

    "CRALA328-21" is record 328 of a Costa Rican project of 2021, "BIOUG84489-A03" the third well
    in the first row of a plate.

    Args:
        seed: of the community.
        start, stop: half-open range of record positions.

    Returns:
        One row per record: processid, sampleid, country, province_state, coord-lat, coord-lon.
    """
    record = np.arange(start, stop)
    plate, well = np.divmod(record, WELLS)
    first, plates = int(plate[0]), int(plate[-1] - plate[0] + 1)
    numbers = first + np.arange(plates)
    # Steps of the golden ratio keep the shares of the places even with few plates.
    shares = np.cumsum(PLACES["traps"].to_numpy()) / PLACES["traps"].sum()
    place = np.searchsorted(shares, (0.3 + numbers * 0.618_033_988_75) % 1.0, side="right")
    which, year = draws.uniform(seed, "plates", first, plates, 2).T
    site = np.floor(SITES * which**2)  # some sites yield more than others
    # The sites lie evenly within a quarter of a degree (steps of the plastic number).
    north, east = (0.5 * ((site * step) % 1.0 - 0.5) for step in (0.754_877_67, 0.569_840_29))

    of_plate = (
        PLACES[place]
        .with_columns(
            (pl.col("coord-lat") + pl.Series(north)).round(3),
            (pl.col("coord-lon") + pl.Series(east)).round(3),
            project=pl.col("country").replace_strict(_COUNTRY_CODES)
            + pl.Series([project_letters(n // PLATES_PER_PROJECT) for n in numbers]),
            year=pl.Series(19 + np.floor(5 * year).astype(np.int64)),
            plate=pl.Series(FIRST_PLATE + numbers),
        )
        .drop("traps")
    )
    wells = pl.Series(
        [f"{PLATE_ROWS[n // PLATE_COLUMNS]}{n % PLATE_COLUMNS + 1:02d}" for n in range(WELLS)]
    )
    running = record - plate // PLATES_PER_PROJECT * PLATES_PER_PROJECT * WELLS + 1
    located = draws.uniform(seed, "coordinates", start, stop - start)[:, 0] >= WITHOUT_COORDINATES
    coordinates = [
        pl.when(pl.Series(located)).then(pl.col(name)).alias(name)
        for name in ("coord-lat", "coord-lon")
    ]
    return (
        of_plate[plate - first]
        .with_columns(*coordinates, well=wells.gather(well), running=pl.Series(running))
        .select(
            pl.format("{}{}-{}", "project", "running", "year").alias("processid"),
            pl.format("BIOUG{}-{}", "plate", "well").alias("sampleid"),
            "country",
            "province_state",
            "coord-lat",
            "coord-lon",
        )
    )
