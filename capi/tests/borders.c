/* Every function with what it must answer to: good and bad arguments, one image in every form, batches, requests to stop, threads.
 * borders FILE FOLDER: an image file that can be read, and a folder without boards. */
#include <ember.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(what)                                                   \
    do {                                                                \
        if (!(what)) {                                                  \
            fprintf(stderr, "line %d: %s\n", __LINE__, #what);          \
            exit(1);                                                    \
        }                                                               \
    } while (0)

/* The call fails with `status`, and its sentence has `words`. */
#define REFUSED(call, status, words)                                    \
    do {                                                                \
        char *message = NULL;                                           \
        EmberStatus found = (call);                                     \
        if (found != (status) || message == NULL || strstr(message, words) == NULL) { \
            fprintf(stderr, "line %d: %d, %s\n", __LINE__, (int)found, message == NULL ? "no message" : message); \
            exit(1);                                                    \
        }                                                               \
        ember_string_free(message);                                     \
    } while (0)

static uint8_t *contents(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    REQUIRE(file != NULL && fseek(file, 0, SEEK_END) == 0);
    *length = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*length);
    REQUIRE(bytes != NULL && fread(bytes, 1, *length, file) == *length);
    fclose(file);
    return bytes;
}

static void models(const char *file) {
    EmberModel *model = NULL;
    REQUIRE(ember_model_load(NULL, &model, NULL) == EMBER_STATUS_OK);
    REQUIRE(ember_model_classes(model) == 1000 && ember_model_height(model) == 227 && ember_model_width(model) == 227);
    REQUIRE(strcmp(ember_model_class_name(model, 967), "espresso") == 0 && ember_model_class_name(model, 1000) == NULL);
    ember_model_free(model);
    model = (EmberModel *)1;
    REFUSED(ember_model_load("missing.ember", &model, &message), EMBER_STATUS_MODEL, "missing.ember: the model cannot be read");
    REQUIRE(model == NULL);
    REFUSED(ember_model_load(file, &model, &message), EMBER_STATUS_MODEL, "this is not an Ember model file");
    REFUSED(ember_model_load(NULL, NULL, &message), EMBER_STATUS_ARGUMENT, "model is NULL");
    REFUSED(ember_model_from_bytes(NULL, 3, &model, &message), EMBER_STATUS_ARGUMENT, "bytes is NULL");
    REFUSED(ember_model_from_bytes((const uint8_t *)"text", 4, &model, &message), EMBER_STATUS_MODEL, "the model: ");
    REQUIRE(ember_model_classes(NULL) == 0 && ember_model_height(NULL) == 0 && ember_model_width(NULL) == 0);
    REQUIRE(ember_model_class_name(NULL, 0) == NULL);
    ember_model_free(NULL);
}

static void devices(const char *folder) {
    EmberDevice *device = NULL;
    EmberOptions options = {0};
    options.device_dir = folder;
    REFUSED(ember_device_open("gpu", NULL, NULL, &device, &message), EMBER_STATUS_DEVICE, "gpu");
    REFUSED(ember_device_open("software,software", NULL, NULL, &device, &message), EMBER_STATUS_DEVICE, "named twice");
    REFUSED(ember_device_open("xdma:0", NULL, &options, &device, &message), EMBER_STATUS_DEVICE, "there is no such node");
    REFUSED(ember_device_open("\xff", NULL, NULL, &device, &message), EMBER_STATUS_ARGUMENT, "names is no UTF-8 text");
    REFUSED(ember_device_open(NULL, NULL, NULL, &device, &message), EMBER_STATUS_ARGUMENT, "names is NULL");
    REFUSED(ember_device_open("software", NULL, NULL, NULL, &message), EMBER_STATUS_ARGUMENT, "device is NULL");
    REQUIRE(device == NULL);
    ember_device_free(NULL);
}

static int same(const EmberResult *one, const EmberResult *other) {
    size_t count = 0, others = 0;
    const uint32_t *sums = ember_result_sums(one, &count), *found = ember_result_sums(other, &others);
    return count == 1000 && others == 1000 && memcmp(sums, found, count * sizeof *sums) == 0;
}

static void images(const EmberDevice *device, const char *path) {
    size_t length = 0;
    uint8_t *bytes = contents(path, &length), *pixels = calloc(227 * 227, 3);
    EmberImage file = {EMBER_IMAGE_KIND_FILE, path, NULL, 0, 0, 0};
    EmberImage encoded = {EMBER_IMAGE_KIND_ENCODED, NULL, bytes, length, 0, 0};
    EmberImage array = {EMBER_IMAGE_KIND_PIXELS, NULL, pixels, 227 * 227 * 3, 227, 227};
    EmberImage missing = {EMBER_IMAGE_KIND_FILE, "missing.png", NULL, 0, 0, 0};
    EmberImage nothing = {EMBER_IMAGE_KIND_ENCODED, NULL, NULL, 3, 0, 0};
    EmberImage text = {EMBER_IMAGE_KIND_ENCODED, "upload", (const uint8_t *)"text", 4, 0, 0};
    EmberImage cut = {EMBER_IMAGE_KIND_PIXELS, NULL, pixels, 227 * 227 * 3 - 1, 227, 227};
    EmberImage strange = {7, NULL, bytes, length, 0, 0};
    EmberResult *one = NULL, *result = NULL;

    REQUIRE(ember_classify(device, &file, NULL, &one, NULL) == EMBER_STATUS_OK);
    REQUIRE(ember_classify(device, &encoded, NULL, &result, NULL) == EMBER_STATUS_OK && same(one, result));
    ember_result_free(result);
    REFUSED(ember_classify(device, &missing, NULL, &result, &message), EMBER_STATUS_IMAGE, "missing.png: the image cannot be read");
    REFUSED(ember_classify(device, &nothing, NULL, &result, &message), EMBER_STATUS_ARGUMENT, "bytes of an image is NULL");
    REFUSED(ember_classify(device, &text, NULL, &result, &message), EMBER_STATUS_IMAGE, "upload: this is not an image in a known format");
    REFUSED(ember_classify(device, &cut, NULL, &result, &message), EMBER_STATUS_IMAGE, "expected 227 rows of 227 pixels");
    REFUSED(ember_classify(device, &strange, NULL, &result, &message), EMBER_STATUS_ARGUMENT, "kind of an image is 7");
    REFUSED(ember_classify(NULL, &file, NULL, &result, &message), EMBER_STATUS_ARGUMENT, "device is NULL");
    REFUSED(ember_classify(device, NULL, NULL, &result, &message), EMBER_STATUS_ARGUMENT, "image is NULL");
    REFUSED(ember_classify(device, &file, NULL, NULL, &message), EMBER_STATUS_ARGUMENT, "result is NULL");
    REQUIRE(result == NULL && ember_classify(device, &missing, NULL, &result, NULL) == EMBER_STATUS_IMAGE);

    EmberPrediction top[2];
    REQUIRE(ember_result_top(one, 2, top) == 2 && top[0].probability >= top[1].probability && top[0].name[0] != 0);
    REQUIRE(ember_result_top(one, 2, NULL) == 0 && ember_result_top(NULL, 2, top) == 0 && ember_result_sums(NULL, &length) == NULL);

    EmberImage many[] = {file, missing, array, strange, encoded};
    EmberResult *results[5];
    EmberStatus statuses[5];
    char *messages[5];
    REQUIRE(ember_classify_batch(device, many, 5, NULL, results, statuses, messages) == EMBER_STATUS_IMAGE);
    EmberStatus expected[] = {EMBER_STATUS_OK, EMBER_STATUS_IMAGE, EMBER_STATUS_OK, EMBER_STATUS_ARGUMENT, EMBER_STATUS_OK};
    for (int i = 0; i < 5; i++) {
        int good = expected[i] == EMBER_STATUS_OK;
        REQUIRE(statuses[i] == expected[i] && (results[i] != NULL) == good && (messages[i] == NULL) == good);
        ember_string_free(messages[i]);
    }
    REQUIRE(same(one, results[0]) && same(one, results[4]) && !same(one, results[2]));
    for (int i = 0; i < 5; i++) {
        ember_result_free(results[i]);
    }
    REQUIRE(ember_classify_batch(device, many, 1, NULL, results, NULL, NULL) == EMBER_STATUS_OK && same(one, results[0]));
    ember_result_free(results[0]);
    REQUIRE(ember_classify_batch(NULL, many, 1, NULL, results, statuses, messages) == EMBER_STATUS_ARGUMENT && results[0] == NULL);
    REQUIRE(strstr(messages[0], "device is NULL") != NULL);
    ember_string_free(messages[0]);
    REQUIRE(ember_classify_batch(device, NULL, 1, NULL, results, NULL, NULL) == EMBER_STATUS_ARGUMENT);
    REQUIRE(ember_classify_batch(device, NULL, 0, NULL, NULL, NULL, NULL) == EMBER_STATUS_OK);

    EmberCancel *cancel = ember_cancel_new();
    REQUIRE(ember_classify(device, &array, cancel, &result, NULL) == EMBER_STATUS_OK);
    ember_result_free(result);
    ember_cancel_request(cancel);
    REFUSED(ember_classify(device, &array, cancel, &result, &message), EMBER_STATUS_CANCELLED, "cancelled");
    REQUIRE(ember_classify_batch(device, many, 5, cancel, results, NULL, NULL) == EMBER_STATUS_CANCELLED);
    ember_cancel_free(cancel);
    ember_cancel_request(NULL);
    ember_cancel_free(NULL);
    ember_result_free(one);
    ember_result_free(NULL);
    free(bytes);
    free(pixels);
}

static const char *photograph;

/* One of many threads on one device, each with memory that it frees at once. */
static void *works(void *device) {
    EmberImage file = {EMBER_IMAGE_KIND_FILE, photograph, NULL, 0, 0, 0};
    EmberResult *expected = NULL;
    REQUIRE(ember_classify(device, &file, NULL, &expected, NULL) == EMBER_STATUS_OK);
    for (int i = 0; i < 3; i++) {
        size_t length = 0;
        uint8_t *bytes = contents(photograph, &length);
        EmberImage image = {EMBER_IMAGE_KIND_ENCODED, NULL, bytes, length, 0, 0};
        EmberResult *result = NULL;
        REQUIRE(ember_classify(device, &image, NULL, &result, NULL) == EMBER_STATUS_OK);
        memset(bytes, 0, length);
        free(bytes);
        REQUIRE(same(expected, result));
        ember_result_free(result);
    }
    ember_result_free(expected);
    return NULL;
}

int main(int argc, char **argv) {
    REQUIRE(argc == 3 && strlen(ember_version()) >= 5);
    models(argv[1]);
    devices(argv[2]);
    EmberDevice *device = NULL;
    EmberModel *model = NULL;
    EmberOptions options = {2, 0, 0, NULL};
    REQUIRE(ember_model_load(NULL, &model, NULL) == EMBER_STATUS_OK);
    REQUIRE(ember_device_open("software", model, &options, &device, NULL) == EMBER_STATUS_OK);
    /* a device keeps what it needs */
    ember_model_free(model);
    images(device, argv[1]);
    photograph = argv[1];
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, works, device) == 0);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    ember_device_free(device);
    puts("all is as it should be");
    return 0;
}
