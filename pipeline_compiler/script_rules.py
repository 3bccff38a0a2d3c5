"""The PC70x-PC77x codes: what container programs report, on AWS and in local runs alike."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

CALIBRATION_CANNOT_BE_USED = Rule(
    "PC700",
    "calibration that cannot be made or used",
    "calibration.json is not one that ModelCalibration writes, or was made for another model; or higher "
    "scores do not mean more positives in the calibration data, so that no rising curve fits; or "
    "CALIBRATION_METHOD is neither isotonic nor platt.",
)
CONTRACT_NOT_READABLE = Rule(
    "PC701",
    "contract not readable",
    "Every program is started beside its contract.json, which the compiler writes into the code "
    "bundle. Run a program through its pipeline.",
)
REQUIRED_ENVIRONMENT_VARIABLE_NOT_SET = Rule(
    "PC702",
    "required environment variable not set",
    "The step's config fields of the same names, in lower case, supply the variables.",
)
INPUT_MISSING_OR_EMPTY = Rule(
    "PC703",
    "input missing or empty",
    "An input that the contract requires was not mounted, or holds no file. Check that the step "
    "before wrote it, or that the source has files.",
)
MISSING_OR_UNKNOWN_ARGUMENT = Rule(
    "PC704",
    "missing or unknown argument",
    "The command line lacks an argument that the contract requires, or has one that it does not know.",
)
NOTHING_WRITTEN_TO_A_REQUIRED_OUTPUT = Rule(
    "PC705",
    "nothing written to a required output",
    "The program ended well and left an output folder empty; the next step would get an empty folder.",
)
NAME_THAT_THE_CONTRACT_DOES_NOT_HAVE = Rule(
    "PC706",
    "name that the contract does not have",
    "The program asks the runtime for an input, output, variable or argument that its contract does "
    "not declare.",
)
UNEXPECTED_FAILURE = Rule(
    "PC707",
    "unexpected failure",
    "The program raised an exception that is not one of the coded ones; its traceback is at the end "
    "of the step's log.",
)
HYPERPARAMETERS_NOT_READABLE = Rule(
    "PC708",
    "hyperparameters not readable",
    "The training service delivers hyperparameters as a JSON object of strings.",
)
OUTPUT_FOLDER_REPLACED = Rule(
    "PC709",
    "output folder replaced",
    "SageMaker makes a folder for each output and collects it afterwards; the program removed it, or "
    "put a file in its place.",
)
INPUT_VIOLATES_ITS_STEP_CONTRACT = Rule(
    "PC710",
    "input violates its step contract",
    "A clause of the step contract about an input does not hold: format, column, type, nullability "
    "or a quality check. The message names the clause with counts and some of the values.",
)
OUTPUT_VIOLATES_ITS_STEP_CONTRACT = Rule(
    "PC711",
    "output violates its step contract",
    "A clause of the step contract about an output does not hold, so that the step has not kept its "
    "promise to the next one.",
)
PERFORMANCE_GUARANTEE_BROKEN = Rule(
    "PC712",
    "performance guarantee broken",
    "The run took longer, or used more memory, than its step contract guarantees.",
)
CURRENCY_SETTINGS = Rule(
    "PC713",
    "settings of the currency conversion that do not fit",
    "Amounts and currency columns pair up, dated rates need the data's date and the reverse, a default rate "
    "goes with on_missing_rate: default_rate, and policies are the documented ones.",
)
CURRENCY_COLUMN_TYPE = Rule(
    "PC714",
    "column that holds no amounts, codes, rates or dates",
    "Amounts and rates are numbers, currency codes are text, dates are dates, times or ISO 8601 text. Times "
    "count by their day in UTC, which is also the zone of a time that names none.",
)
UNUSABLE_RATES = Rule(
    "PC715",
    "exchange rates that cannot be used",
    "A rate is missing, NaN, zero, negative, infinite or (where it divides) next to zero, or has no currency "
    "or date. All kinds are reported at once, with counts and the first rows. Nothing is skipped: amounts "
    "would silently be wrong.",
)
CONTRADICTORY_RATES = Rule(
    "PC716",
    "exchange rates contradict each other",
    "A currency has two different rates (for one day, where rates have dates), or the target currency has a "
    "rate other than 1. The same rate twice is fine.",
)
NO_EXCHANGE_RATE = Rule(
    "PC717",
    "no exchange rate for an amount",
    "The currency is not among the rates, or none of its rates holds on the row's day: all are later, or "
    "older than max_rate_age_days, or the row has no date. on_missing_rate chooses another outcome.",
)
NO_CURRENCY = Rule(
    "PC718",
    "an amount without a currency",
    "The code is missing or blank. on_missing_currency chooses another outcome.",
)
NO_AMOUNT = Rule(
    "PC719",
    "an amount that is missing or infinite",
    "Missing amounts are an error only with on_missing_amount: error; infinite ones always are.",
)
RISK_TABLE_SETTINGS = Rule(
    "PC762",
    "settings of the risk mapping that do not fit",
    "Smoothing is not negative (and above 0 for weight of evidence), there are 2 to 20 folds, a field is "
    "mapped in one way only, and neither the label nor the id is mapped.",
)
FIELD_CANNOT_BE_MAPPED = Rule(
    "PC763",
    "field that cannot be mapped or imputed",
    "Risk fields hold text, Booleans or numbers, imputed fields hold numbers. A mean or median needs at "
    "least one value in the training split.",
)
RISK_TABLES_NOT_READABLE = Rule(
    "PC764",
    "risk tables not readable",
    "risk_tables.json is not there, is not JSON, or is not one that RiskTableMapping writes. Wire the "
    "risk_tables output of the training variant.",
)
RISK_TABLES_DO_NOT_FIT_THE_DATA = Rule(
    "PC765",
    "risk tables do not fit the data",
    "A field that the tables map is missing from the data, or is a number where it was text in the training "
    "data, or the label has another name. Every row would get the risk of an unseen category. Codes in CSV "
    "files stay text where text_columns of the source names them.",
)
OTHER_RISK_TABLES = Rule(
    "PC766",
    "not the risk tables that the model was trained with",
    "The model records the fingerprint of the tables that mapped its training data. Other tables, or data "
    "that other tables mapped, would give wrong scores without an error.",
)
RISK_TABLES_MISSING = Rule(
    "PC767",
    "the model needs its risk tables",
    "The model was trained on mapped data, so that packaging and sample requests need the tables: add an "
    "edge from the RiskTableMapping step of the training data.",
)
RISK_OF_ONE_CLASS = Rule(
    "PC768",
    "risk cannot be estimated from one class",
    "The training split (or, out of fold, the rows outside a fold) has rows of one label only, so that no "
    "category differs from another. Use more data, fewer folds, or train_encoding: in_sample.",
)
NO_FIELDS_TO_MAP = Rule(
    "PC769",
    "no fields to map",
    "Without risk_fields every text or Boolean column is mapped, and there is none. Name the fields, or "
    "leave the step out.",
)
NO_DATA_FILES = Rule(
    "PC720",
    "no data files",
    "The folder holds no data file; names that begin with '.' or '_' do not count, as in Spark and "
    "Hive. Check the location of the data, and that the step before wrote any.",
)
FILE_OF_UNKNOWN_FORMAT = Rule(
    "PC721",
    "file of unknown format",
    "A file's name does not tell its format. State the source's format, remove the file, or rename it.",
)
SOURCE_FORMAT_IS_NO_FORMAT = Rule(
    "PC722",
    "sOURCE_FORMAT is no format",
    "Formats are parquet, csv and json (one object a line).",
)
A_DATA_FILE_CANNOT_BE_READ = Rule(
    "PC723",
    "a data file cannot be read",
    "It has zero bytes, is corrupt or truncated, is not UTF-8, has rows of different lengths, is one JSON "
    "array, is CSV with another separator than the comma or with a quote that never closes, or holds numbers "
    "that would be rounded. A shard is never skipped: write it again, or remove it from the source.",
)
THE_DATA_HAS_NO_ROWS = Rule(
    "PC724",
    "the data has no rows",
    "Every file is empty, or has rows without a single column. Files without rows are fine beside others.",
)
A_COLUMN_S_TYPES_DO_NOT_FIT = Rule(
    "PC725",
    "a column's types do not fit",
    "The column has types in different shards that no type covers; the message names the shards and "
    "both types. Integers and floats unify, text and numbers do not.",
)
COLUMN_IS_NESTED = Rule(
    "PC726",
    "column is nested",
    "Lists and structs are not tabular: leave the column out, or flatten it at the source.",
)
TWO_COLUMNS_SHARE_A_NAME = Rule(
    "PC727",
    "two columns share a name",
    "A name must identify one column of a file.",
)
A_SETTING_NAMES_AN_UNKNOWN_COLUMN = Rule(
    "PC728",
    "a setting names an unknown column",
    "COLUMNS, LABEL_FIELD, ID_FIELD and DROP_FIELDS name columns of the data; the message has the "
    "closest ones that exist.",
)
A_RATIO_OR_SEED_IS_NO_USABLE_NUMBER = Rule(
    "PC729",
    "a ratio or seed is no usable number",
    "TRAIN_RATIO lies between 0 and 1, TEST_VAL_RATIO from 0 to 1, and the seed is an integer.",
)
SETTINGS_CONTRADICT_EACH_OTHER = Rule(
    "PC730",
    "settings contradict each other",
    "POSITIVE_CLASS excludes LABEL_MAPPING, the id is not the label, and a column that is needed is "
    "not dropped.",
)
LABEL_MAPPING_IS_MALFORMED = Rule(
    "PC731",
    "lABEL_MAPPING is malformed",
    "It is a JSON object from label values to 0 and 1 that uses both.",
)
LABELS_ARE_MISSING = Rule(
    "PC732",
    "labels are missing",
    "Rows without a label can neither train nor judge a model. The message has their number and the "
    "first of them; NaN counts as missing.",
)
POSITIVE_CLASS_UNKNOWN = Rule(
    "PC733",
    "positive class unknown",
    "The label has two values, and nothing says which of them is 1. Alphabetical order would be "
    "right half of the time: set positive_class.",
)
MORE_THAN_TWO_CLASSES = Rule(
    "PC734",
    "more than two classes",
    "Declare which label values are 0 and 1 with label_mapping.",
)
LABELS_OUTSIDE_THE_MAPPING = Rule(
    "PC735",
    "labels outside the mapping",
    "The message has the values and how often each occurs. Add them to label_mapping, or remove the "
    "rows at the source.",
)
THE_DATA_SET_HAS_ONLY_ONE_CLASS = Rule(
    "PC736",
    "the data set has only one class",
    "Nothing can be learned from it. A single shard with one class is fine.",
)
THE_POSITIVE_CLASS_NEVER_OCCURS = Rule(
    "PC737",
    "the positive class never occurs",
    "The value of positive_class is none of the label's; those are listed.",
)
IDS_ARE_MISSING = Rule(
    "PC738",
    "ids are missing",
    "A row without an id has no stable place in the split. The message has their number and the "
    "first of them.",
)
METADATA_OR_SIGNATURE_DISAGREES_WITH_DATA = Rule(
    "PC739",
    "mETADATA or SIGNATURE disagrees with DATA",
    "The columns, types or rows that they describe are not those of the data, or they cannot be "
    "read: they belong to another data set.",
)
A_SPLIT_GOT_NO_ROWS = Rule(
    "PC770",
    "a split got no rows",
    "The ratios give the split a share, and no row fell into it: use more data, or other ratios.",
)
UNKNOWN_HYPERPARAMETER = Rule(
    "PC740",
    "unknown hyperparameter",
    "The training job got a hyperparameter that the program does not know. XGBoost itself would only "
    "warn, and training would run with a default instead. The message suggests the closest known "
    "name; `sagemaker_*` keys are ignored.",
)
HYPERPARAMETER_VALUE_OUT_OF_RANGE = Rule(
    "PC741",
    "hyperparameter value out of range",
    "Hyperparameters arrive as strings and are read as their type, then checked against XGBoost's "
    "range. Every wrong value is reported at once, with what would be accepted.",
)
SPLIT_WITHOUT_ROWS = Rule(
    "PC742",
    "split without rows",
    "The split that a program must read has no rows: train, val while early_stopping_rounds is set, "
    "or the split that evaluation scores. Check the split ratios, the amount of data, and that the "
    "job type of the wired data fits.",
)
COLUMN_TYPE_THAT_NO_MODEL_READS = Rule(
    "PC743",
    "column type that no model reads",
    "Features are numbers, text or Booleans. Timestamps, lists, structs and binary columns are not "
    "used silently in some encoding: drop them with drop_fields, or derive numbers or text from "
    "them. All such columns are named.",
)
COLUMN_MISSING_FROM_PROCESSED_DATA = Rule(
    "PC744",
    "column missing from processed data",
    "The label, the id, a feature named in FEATURE_FIELDS, a feature the model was trained on, or a "
    "column that other shards have does not exist. All missing columns are named, with the closest "
    "ones that exist.",
)
LABEL_IS_NOT_0_OR_1 = Rule(
    "PC745",
    "label is not 0 or 1",
    "After preprocessing the label holds 0 and 1 only. A missing value, text or another number means "
    "that label_field names another column, or that its values were never mapped.",
)
ONLY_ONE_CLASS = Rule(
    "PC746",
    "only one class",
    "All rows of a split have the same label, so nothing can be learned or AUC is undefined. A "
    "single shard with one class is fine; a whole split is not. For val this is checked only with "
    "early stopping; otherwise the undefined metric is null.",
)
TOO_MANY_CATEGORIES = Rule(
    "PC747",
    "too many categories",
    "A text column has more than 65,536 different values. Such columns are ids or free text, teach a "
    "model nothing, and would grow the model with the data. Drop them, or group their values.",
)
COLUMN_CHANGES_ITS_TYPE = Rule(
    "PC748",
    "column changes its type",
    "A column is a number in some shards and text in others, or in one data set and not in the one "
    "that the model learned from. Scoring it anyway would turn every value into a missing one. A column of "
    "codes in CSV files may look like numbers in one data set and not in the next: name it in text_columns "
    "of the source.",
)
INFINITE_VALUE = Rule(
    "PC749",
    "infinite value",
    "A numeric feature holds an infinity or a number beyond float32 (3.4e38), which XGBoost does not "
    "accept. Replace it, or leave it missing.",
)
TRAINING_ON_MORE_THAN_ONE_HOST = Rule(
    "PC750",
    "training on more than one host",
    "Each host would see only its part of the data and train a model of its own. Data is streamed, "
    "so one larger instance does the same work: set instance_count to 1.",
)
NO_USABLE_FEATURES = Rule(
    "PC752",
    "no usable features",
    "FEATURE_FIELDS names the label or the id, or no column is left after the label and the id. A "
    "model that reads its own label would look perfect and be useless.",
)
NAME_CLASH_WITH_THE_PREDICTIONS = Rule(
    "PC753",
    "name clash with the predictions",
    "Predictions have the columns score and predicted beside the data's label and id. A label or id "
    "of one of these names would be overwritten; rename it in the source. In a drift baseline the scores are "
    "a column beside the features, so that no feature may be called score.",
)
MODEL_INCOMPLETE = Rule(
    "PC755",
    "model incomplete",
    "The model input lacks model.ubj or model_info.json, or model_info.json is not one that training "
    "writes. Wire the model output of an XGBoostTraining step, or pass inference scripts of your own "
    "when packaging another kind of model.",
)
CORRUPT_MODEL_ARCHIVE = Rule(
    "PC756",
    "corrupt model archive",
    "model.tar.gz is not a gzip tar, is cut off, or fails its checksum. Archives are read to the end "
    "before anything is used, so a partial upload is never packaged or scored.",
)
UNSAFE_ARCHIVE_MEMBER = Rule(
    "PC757",
    "unsafe archive member",
    "model.tar.gz holds an absolute path, a path with '..', a link or a device. Only plain files and "
    "folders inside the archive are extracted.",
)
ANOTHER_XGBOOST_RELEASE = Rule(
    "PC758",
    "another XGBoost release",
    "The model was trained with another major.minor release of XGBoost than the one that runs. "
    "Another release may load it and give wrong probabilities without an error; use one framework "
    "version in every step that touches the model.",
)
SETTING_IS_NOT_A_VALID_NUMBER = Rule(
    "PC759",
    "setting is not a valid number",
    "DECISION_THRESHOLD and COMPARISON_THRESHOLD must be numbers from 0 to 1, and DEFAULT_NUMERIC_VALUE a "
    "finite number.",
)
INFERENCE_SCRIPTS_WITHOUT_INFERENCE_PY = Rule(
    "PC760",
    "inference scripts without inference.py",
    "The pipeline supplies its own inference scripts, but none is called inference.py at the top "
    "level, so the package could not be served. Rename the entry point, or leave the input out to "
    "get the shipped code.",
)
UNKNOWN_CONTENT_TYPE = Rule(
    "PC761",
    "unknown content type",
    "CONTENT_TYPES is empty or names a type that the shipped inference code does not read. Known are "
    "text/csv and application/json.",
)
UNUSABLE_TEXT_ENCODER = Rule(
    "PC771",
    "text encoder that cannot be used",
    "The input text_encoder is a folder as save_pretrained() of Hugging Face transformers leaves it: "
    "config.json and weights of an encoder such as BERT, and a fast tokenizer (tokenizer.json). Nothing is "
    "fetched from a hub. max_text_tokens is at most what the encoder can read.",
)
UNUSABLE_TEXT_FIELD = Rule(
    "PC772",
    "text field that cannot be used",
    "TEXT_FIELDS names at least one column, and only columns of text, among them neither the label nor the "
    "id. All wrong ones are named.",
)
PRECISION_WITHOUT_HARDWARE = Rule(
    "PC773",
    "precision that the device does not compute in",
    "16-mixed needs a GPU, and bf16-mixed on a GPU one that computes in bfloat16 (Ampere or later). auto "
    "chooses what the device is good at.",
)
CHECKPOINT_OF_ANOTHER_RUN = Rule(
    "PC774",
    "checkpoint of another run",
    "The checkpoint folder holds a checkpoint of a training with other hyperparameters, features or row "
    "counts. Going on from it would mix two trainings.",
)
TRAINING_DIVERGED = Rule(
    "PC775",
    "training diverged",
    "The loss became infinite or no number at all: the learning rate is too high, or numbers left the range "
    "of 16-bit precision.",
)
ANOTHER_PYTORCH_RELEASE = Rule(
    "PC776",
    "another PyTorch release",
    "The model was exported with another major.minor release of PyTorch than the one that runs, and PyTorch "
    "promises no exchange of exported programs between releases. Use one pytorch_version in every step that "
    "touches the model.",
)
LIBRARIES_NOT_INSTALLED = Rule(
    "PC778",
    "libraries that the image lacks were not installed",
    "The job installs the requirements.txt of its code bundle before the program starts, and pip failed: "
    "most often the job's subnets reach no package index. The log has pip's own words.",
)
EXPORT_FAILED = Rule(
    "PC779",
    "trained network cannot be exported",
    "torch.export or the ONNX exporter does not understand a part of the text encoder, or the exported "
    "program gives other scores than the network. Encoders of the BERT family work.",
)
ROW_FILTER_DOES_NOT_FIT = Rule(
    "PC751",
    "row filter that does not fit its column",
    "'where' and 'dates' of a source compare a column with values of its own kind: numbers with numbers, "
    "text with text, dates and timestamps with ISO 8601 texts. For 'dates' a text column is read as dates "
    "and times; one without a zone is in UTC.",
)
SOURCE_NOT_DELIVERED = Rule(
    "PC754",
    "source that delivered nothing",
    "A query that the program runs by itself, or an adapter's service, failed or gave no files. The message "
    "has the service's own words.",
)
