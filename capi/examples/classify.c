/* Classifies an image file and prints the five likeliest classes, as `ember classify FILE` does:
 *
 *     cc -Wall -Wextra -pedantic classify.c $(pkg-config --cflags --libs ember) -o classify
 *     ./classify cat.jpg
 */
#include <ember.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 5

/* Says why, and frees the sentence. */
static int failed(char *message) {
    fprintf(stderr, "classify: %s\n", message == NULL ? "no reason is known" : message);
    ember_string_free(message);
    return 1;
}

static void print(const char *path, const EmberResult *result) {
    EmberPrediction top[SHOWN];
    size_t count = ember_result_top(result, SHOWN, top);
    int width = (int)strlen(path);
    printf("%-*s  rank  probability  class  name\n", width, "image");
    for (size_t i = 0; i < count; i++) {
        printf("%-*s  %4zu  %9.2f %%  %5zu  %s\n", width, i == 0 ? path : "", i + 1, 100 * top[i].probability, top[i].class_id, top[i].name);
    }
}

int main(int argc, char **argv) {
    EmberImage image = {0};
    EmberDevice *device = NULL;
    EmberResult *result = NULL;
    char *message = NULL;
    int code = 0;

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: classify FILE [DEVICE]\n");
        return 2;
    }
    image.kind = EMBER_IMAGE_KIND_FILE;
    image.path = argv[1];
    if (ember_device_open(argc == 3 ? argv[2] : "software", NULL, NULL, &device, &message) != EMBER_STATUS_OK) {
        return failed(message);
    }
    if (ember_classify(device, &image, NULL, &result, &message) == EMBER_STATUS_OK) {
        print(argv[1], result);
    } else {
        code = failed(message);
    }
    ember_result_free(result);
    ember_device_free(device);
    return code;
}
