/**
 * Runs TLC with -coverage counting how often each action fires, and nothing else. TLC counts how often each expression is
 * evaluated, too, which nobody here reads and which takes a third of the time. Whether it does is asked once by each
 * class of those that evaluate, when it is initialized: here that comes before TLC reads the flag. What counts actions
 * (Worker, ModelChecker) is initialized behind it.
 */
class CountActions {
  private static final String[] EVALUATE = {
    "tlc2.tool.impl.Spec", "tlc2.tool.impl.ActionItemList", "tlc2.value.impl.Value"
  };

  public static void main(String[] arguments) throws Exception {
    for (String name : EVALUATE) {
      Class.forName(name);
    }
    Class.forName("tlc2.TLC").getMethod("main", String[].class).invoke(null, (Object) arguments);
  }
}
